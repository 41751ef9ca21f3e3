import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `vite build` writes dist/page; `vite` serves the sources against a running server (OPSLOOP_URL). */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: { outDir: 'dist/page', emptyOutDir: true, manifest: true, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1000 },
  server: { proxy: { '/api': process.env['OPSLOOP_URL'] ?? 'http://127.0.0.1:8080' } },
});
