import { renderUnicodeCompact } from 'uqr'
import type { Access } from '#lib/access/access.ts'
import { networkAddresses, ownNames } from '#lib/http/machine-names.ts'
import { shownJoinCode } from '#lib/protocol/join-code.ts'
import { LOBBY } from '#lib/protocol/lobby.ts'

const WILDCARDS = new Set(['0.0.0.0', '::'])

export interface Listening {
  host: string
  port: number
  baseUrls: readonly string[]
}

/** Where other machines reach the dashboard, the best first: what people type, else the machine's addresses and its name. */
export function sharedAddresses({ host, port, baseUrls }: Listening): string[] {
  if (baseUrls.length > 0) return [...baseUrls]
  if (!WILDCARDS.has(host)) return [`http://${host.includes(':') ? `[${host}]` : host}:${port}`]
  const local = ownNames().find((name) => name.endsWith('.local'))
  const names = [...networkAddresses(), ...(local === undefined ? [] : [local])]
  return names.map((name) => `http://${name}:${port}`)
}

/** What the terminal says where other machines may come in: how people join the lobby, and how one becomes a presenter. */
export async function sharingText(access: Access): Promise<string> {
  const { code, addresses } = await access.share(LOBBY)
  const { links } = await access.presenterLink()
  const [join] = addresses
  const [link] = links
  if (join === undefined || link === undefined)
    return '  No network address was found to share it at: set BASE_URL.'
  const qr = renderUnicodeCompact(join, { border: 2 })
  return [
    `  Join: ${join.slice(0, join.lastIndexOf('/'))}  code ${shownJoinCode(code)}`,
    qr.replaceAll(/^/gm, '  '),
    '  To present, open this yourself; whoever has it may do everything:',
    `  ${link}`,
  ].join('\n')
}
