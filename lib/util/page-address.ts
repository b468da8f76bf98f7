/**
 * Every address that a page asks for or leads to is made here, so that a dashboard may lie below the root of its host.
 * next.config.js writes the base path into the pages in place of the variable.
 */
const basePath = (): string => process.env.SWITCHBOARD_BASE_PATH ?? ''

/** The address, on the page's own host, of a path within the dashboard: `/r/lobby` is `/switchboard/r/lobby`. */
export const pageAddress = (path: `/${string}`): string => `${basePath()}${path}`

/** The path of the present page within the dashboard. */
export const currentPath = (): string => location.pathname.slice(basePath().length) || '/'
