/**
 * Young objects' space, MiB, twice Node's own: a burst's messages are garbage before they are old, and the collector runs
 * half as often.
 */
const SEMI_SPACE_MIB = 32

/** How the server's process is started, by Node, from the project's folder; its own arguments follow. */
export const SERVER_PROCESS = [`--max-semi-space-size=${SEMI_SPACE_MIB}`, '--import', 'tsx', 'server.ts']
