import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

// The development server answers pages itself and hands the API to a running server. A token in OPEN_CICD_TOKEN is added
// to each request, so that pages can be worked on without signing in.
const server = process.env.OPEN_CICD_URL ?? 'http://127.0.0.1:8080';
const token = process.env.OPEN_CICD_TOKEN;

// What stands before every path. The server puts its own in the place of this one in index.html (src/web/pages.h); all other files name each
// other relatively, so one build works below any path.
const base = '/__open_cicd_base__';

export default defineConfig(({ command }) => ({
  plugins: [
    tailwindcss(),
    sveltekit({
      compilerOptions: {
        runes: ({ filename }) => (filename.split(/[/\\]/).includes('node_modules') ? undefined : true)
      },
      adapter: adapter({ fallback: 'index.html', precompress: true, strict: true }),
      paths: { relative: true, base: command === 'build' ? base : '' },
      version: { pollInterval: 0 }
    }),
    svelteTesting()
  ],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Those that know light-dark(), oklch() and nesting: for older ones, each colour would be there twice.
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
    rolldownOptions: {
      output: {
        codeSplitting: {
          // One file compresses better than thirty: what every page loads, with all that it imports, and what most pages import.
          groups: [
            {
              name: 'shell',
              priority: 2,
              test: /[\\/](kit[\\/]src[\\/]runtime[\\/]client[\\/]entry|client-optimized[\\/]app|routes[\\/]\+layout)\./
            },
            { name: 'reasons', priority: 2, test: /[\\/]lib[\\/](reasons|ui[\\/]Reason\.svelte)/ },
            { name: 'common', priority: 1, minShareCount: 13 }
          ]
        }
      }
    }
  },
  server: {
    proxy: {
      '/api': {
        target: server,
        changeOrigin: true,
        headers: token ? { authorization: `Bearer ${token}` } : {}
      }
    }
  },
  test: { environment: 'jsdom', include: ['src/**/*.test.ts'], setupFiles: ['src/tests/setup.ts'] }
}));
