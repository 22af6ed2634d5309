/**
 * Bundles src/sw.ts with the list of files to keep for working offline, then compresses what was built.
 * In place of vite-plugin-pwa, which brings a second bundler with it (docs/decisions/0006-pwa-data.md).
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { build, type Plugin } from 'vite';

const COMPRESSED = /\.(js|css|svg|html|webmanifest|json)$/;
const WORTH_COMPRESSING = 512;

export interface ServiceWorkerOptions {
  source: string;
  include: RegExp;
}

export function serviceWorker(options: ServiceWorkerOptions): Plugin {
  let out = 'dist';
  let root = '.';
  return {
    name: 'kc-service-worker',
    apply: 'build',
    configResolved(config) {
      root = config.root;
      out = path.resolve(config.root, config.build.outDir);
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        const entries = filesIn(out)
          .map((file) => path.relative(out, file).replaceAll(path.sep, '/'))
          .filter((file) => options.include.test(file))
          .map((file) => ({
            url: `/${file}`,
            revision: file.startsWith('assets/') ? null : digest(path.join(out, file)),
          }));
        await build({
          root,
          configFile: false,
          logLevel: 'error',
          publicDir: false,
          define: { 'self.__WB_MANIFEST': JSON.stringify(entries), 'process.env.NODE_ENV': '"production"' },
          build: {
            outDir: out,
            emptyOutDir: false,
            target: 'es2022',
            lib: { entry: path.resolve(root, options.source), formats: ['iife'], name: 'sw', fileName: () => 'sw.js' },
          },
        });
        for (const file of filesIn(out)) compress(file);
      },
    },
  };
}

function filesIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? filesIn(path.join(folder, entry.name)) : [path.join(folder, entry.name)],
    );
}

function digest(file: string): string {
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex').slice(0, 16);
}

function compress(file: string): void {
  if (!COMPRESSED.test(file) || fs.statSync(file).size <= WORTH_COMPRESSING) return;
  const content = fs.readFileSync(file);
  fs.writeFileSync(`${file}.br`, zlib.brotliCompressSync(content));
  fs.writeFileSync(`${file}.gz`, zlib.gzipSync(content, { level: 9 }));
}
