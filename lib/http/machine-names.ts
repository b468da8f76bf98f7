import { hostname, networkInterfaces } from 'node:os'

/** Addresses that machines of the same network reach this one at, the likeliest first. */
export function networkAddresses(): string[] {
  const faces = Object.entries(networkInterfaces()).flatMap(([face, all]) =>
    (all ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map(({ address }) => ({ face, address })),
  )
  const isVirtual = (face: string) => /^(docker|br-|veth|virbr|vmnet|utun|tun|tap|zt)/.test(face)
  return faces
    .toSorted((a, b) => Number(isVirtual(a.face)) - Number(isVirtual(b.face)))
    .map(({ address }) => address)
}

/** Every address of this machine, its own loopback included. */
export const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))

/** What this machine is called: `desk`, and `desk.local`, as the network's own name service knows it. */
export function ownNames(name: string = hostname()): string[] {
  const full = name.toLowerCase()
  const [first = ''] = full.split('.')
  return first === '' ? [] : [...new Set([full, first, `${first}.local`])]
}
