import type { Feed } from '#lib/feed/feed.ts'

/**
 * The feed before there is one: what the server renders, and the page's first frame. Knows nothing and says so; sends
 * are refused as long as it stands in.
 */
export const restingFeed: Feed = {
  views: {
    version: 0,
    epoch: null,
    seq: 0,
    destinations: [],
    people: [],
    personChanges: [],
    broker: () => undefined,
    destination: () => undefined,
    pane: () => undefined,
    message: () => undefined,
    newest: () => undefined,
    newestWritten: () => undefined,
    newestIds: () => [],
    conversation: () => ({ entries: [], earlier: false }),
    messagesHeld: 0,
    trace: () => ({
      verdict: { kind: 'none' },
      receipt: null,
      cords: new Map(),
      ghosts: new Map(),
      kept: null,
    }),
    load: () => undefined,
    recent: () => ({ events: [], dropped: 0 }),
    lastAt: 0,
    tally: () => undefined,
    paneTally: () => undefined,
    behind: () => ({ messages: [], more: false }),
    behindPane: () => ({ messages: [], more: false }),
    meter: () => undefined,
    absence: () => null,
    search: () => ({ messages: [], count: 0 }),
    gaps: [],
    missingEvents: 0,
    numbered: 0,
    faults: [],
  },
  connection: { state: 'connecting', since: 0 },
  held: [],
  trace: { messageId: null, pinned: false, since: 0 },
  me: { id: '', name: '', colour: 0 },
  version: 0,
  subscribe: () => () => undefined,
  now: () => Date.now(),
  onEvents: () => () => undefined,
  send: ({ text }) =>
    Promise.resolve({ state: 'refused', refused: [{ system: 'all', code: 'offline', text }] }),
  discard: () => undefined,
  sendAgain: () => undefined,
  command: () =>
    Promise.resolve({ ok: false, code: 'broker-down', message: 'the dashboard is not connected yet' }),
  pin: () => undefined,
  rename: () => undefined,
  retryNow: () => undefined,
  close: () => undefined,
}
