import { defineConfig } from 'vitest/config'

/** Real brokers and browsers are slow to start on a small machine; a test that needs longer says so itself. */
const TEST_TIMEOUT_MS = 30_000

const project = (name: string, extra: object = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`, `test/${name}/**/*.test.tsx`], ...extra },
})

export default defineConfig({
  test: {
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: 60_000,
    pool: 'forks',
    // Dashboards under test share the brokers' bare names (mailbox, chatroom, datascience): one at a time.
    fileParallelism: false,
    globalSetup: ['test/support/global-setup.ts'],
    projects: [
      project('unit'),
      project('guard'),
      project('contract'),
      project('gateway'),
      project('browser'),
      project('interop'),
      project('fault'),
    ],
  },
})
