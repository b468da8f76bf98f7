/**
 * The one contract between the dashboard and a message broker. Its words are meanings ("attach a consumer"), not
 * protocol commands; rooms, sockets and launchers are deliberately not in it, and a driver never learns of them.
 */
export type * from './contract/browse.ts'
export type * from './contract/connection-route.ts'
export type * from './contract/delivery.ts'
export type * from './contract/driver.ts'
export type * from './contract/life.ts'
export type * from './contract/manifest.ts'
export type * from './contract/options.ts'
export type * from './contract/profile.ts'
