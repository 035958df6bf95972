/** How a column's cells stand: `left` or `right`. */
export type Alignment = 'left' | 'right';

/**
 * Lines of a table whose columns are as wide as their widest cell, two spaces between them. A column without a cell in any row
 * is left out.
 * @param alignments by column; left where there is none
 */
export function formatTable(
  rows: readonly (readonly string[])[],
  alignments: readonly (Alignment | undefined)[] = [],
): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) => {
    const cells = widths.flatMap((width, column) => {
      if (width === 0) return [];
      const cell = row[column] ?? '';
      return [alignments[column] === 'right' ? cell.padStart(width) : cell.padEnd(width)];
    });
    return cells.join('  ').trimEnd();
  });
}
