/** Where a request carries its token: a program in `Authorization`, a browser in a cookie that no script can read. */
const COOKIE = 'switchboard'
const BEARER = /^Bearer +(\S+)$/i
const MS_PER_SECOND = 1_000

interface Carried {
  authorization?: string | null | undefined
  cookie?: string | null | undefined
}

/** The token that a request carries; what it says in `Authorization` wins, also where that is none of ours. */
export function tokenIn({ authorization, cookie }: Carried): string | undefined {
  if (authorization) return BEARER.exec(authorization)?.[1] ?? ''
  const pairs = cookie?.split(';').map((pair) => pair.trim()) ?? []
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1)
}

export interface TokenCookie {
  token: string
  expiresAt: number
  /** The browser came over TLS, and is to send it over nothing else. */
  secure: boolean
  /** Where the dashboard lies on its host: what else lies there does not get the cookie. */
  basePath: string
}

/** `SameSite=Strict`: no other site's page can make a browser send it. */
export function tokenCookie({ token, expiresAt, secure, basePath }: TokenCookie): string {
  const maxAge = Math.max(0, Math.floor((expiresAt - Date.now()) / MS_PER_SECOND))
  const scope = `Path=${basePath || '/'}; Max-Age=${maxAge}`
  return `${COOKIE}=${token}; ${scope}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
}
