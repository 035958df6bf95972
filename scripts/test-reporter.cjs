// Mocha's spec reporter that also names each skipped test, fails skipped ones in CI, and writes "passed failed skipped" into
// the file of its option `results`.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

/** A test that leaves a socket or a timer open keeps the process; this long after the last test that is a failure. */
const LEAK_LIMIT_MS = 15_000;

module.exports = class TestReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = runner.stats;
      const forbidden = process.env.CI === 'true' ? skipped.length : 0;
      for (const title of skipped) console.log(`skipped: ${title}`);
      if (forbidden > 0) console.log('CI=true: nothing may be skipped here, so these count as failed');
      writeFileSync(
        options.reporterOptions.results,
        `${passes} ${failures + forbidden} ${skipped.length - forbidden}\n`,
      );
      setTimeout(reportLeak, LEAK_LIMIT_MS).unref();
    });
  }
};

function reportLeak() {
  console.error(`a test left something open: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit(1);
}
