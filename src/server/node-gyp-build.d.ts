declare module 'node-gyp-build' {
  const nodeGypBuild: {
    /**
     * Finds an addon's file: in `build/Release`, else the one of `prebuilds/` for this platform.
     * @throws Error when there is none
     */
    resolve(folder: string): string;
  };
  export = nodeGypBuild;
}
