/** Puts the operations of this build, by hash, beside the pages: the API carries out these, and serves the file to nobody. */
import fs from 'node:fs';
import type { Plugin } from 'vite';

export function operations(source: string): Plugin {
  return {
    name: 'kc-operations',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: '.operations.json', source: fs.readFileSync(source, 'utf8') });
    },
  };
}
