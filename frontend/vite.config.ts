import { defineConfig } from 'vitest/config';

// One build for all pages. Django's `{% vite %}` tag finds the hashed names in the manifest; relative addresses
// (`base`) keep the build independent of where static files are served.
export default defineConfig({
  base: './',
  publicDir: false,
  build: {
    outDir: '../src/showfloor/site/static/dist',
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
    assetsInlineLimit: 0, // the content security policy allows no data: scripts, fonts or styles
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: ['src/styles/base.css', 'src/viewer.ts', 'src/entrance.ts', 'src/console.ts', 'src/studio.ts', 'src/green-room.ts', 'src/programme.ts', 'src/clip.ts', 'src/draw.ts'],
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
