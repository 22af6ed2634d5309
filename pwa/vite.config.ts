import { lingui } from '@lingui/vite-plugin';
import optimizeLocales from '@react-aria/optimize-locales-plugin';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { operations } from './build/operations.ts';
import { serviceWorker } from './build/service-worker.ts';

const API = process.env.KC_API ?? 'http://localhost:8080';

export default defineConfig({
  // Lingui must see the sources before React's transform does: otherwise its macros stay unresolved in a green build.
  plugins: [
    lingui({ macroTransform: true }),
    react(),
    optimizeLocales.vite({ locales: ['cs-CZ', 'sk-SK', 'en-US'] }),
    operations('src/gql/persisted-documents.json'),
    serviceWorker({ source: 'src/sw.ts', include: /\.(html|js|css|svg|png|webmanifest)$/ }),
  ],
  build: { target: ['chrome142', 'edge142', 'firefox145', 'safari26.1'], assetsInlineLimit: 0 },
  server: {
    proxy: { '/graphql': { target: API, ws: true, changeOrigin: true }, '/recordings': { target: API } },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
} as Parameters<typeof defineConfig>[0]);
