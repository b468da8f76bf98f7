/** Where people type a room's code, as it is read aloud: the address of a join link without the code. */
export function joinAddressOf(link: string): string {
  const { host, pathname } = new URL(link)
  return host + pathname.slice(0, pathname.lastIndexOf('/'))
}
