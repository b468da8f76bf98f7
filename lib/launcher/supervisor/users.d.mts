/** How many live processes (or a lasting "keep") use the broker whose `users` folder this is; forgets the dead. */
export function countUsers(folder: string): number
