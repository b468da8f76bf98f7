import { tokenCookie } from '#lib/access/credentials.ts'
import { LOBBY } from '#lib/protocol/lobby.ts'
import { getRuntime } from '#lib/runtime.ts'
import { isSecure } from './http-actors.ts'

const SEE_OTHER = 303

/** `/present/<token>`: makes the browser a presenter's and leads on to a room, so that the token leaves the address bar. */
export async function openPresenterLink(
  request: Request,
  { params }: { params: Promise<{ token: string }> },
): Promise<Response> {
  const { access, basePath } = getRuntime()
  const lobby = `${basePath}/r/${LOBBY}`
  if (!access.sharing) return goTo(lobby)
  const opened = await access.openPresenterLink((await params).token)
  if (opened === undefined) return goTo(`${lobby}?link=ended`)
  const secure = isSecure(request)
  return goTo(lobby, { 'set-cookie': tokenCookie({ ...opened, secure, basePath }) })
}

/** A path alone: which name people reach the dashboard by is theirs to know. */
const goTo = (location: string, headers: Record<string, string> = {}): Response =>
  new Response(null, {
    status: SEE_OTHER,
    headers: { location, 'cache-control': 'no-store', ...headers },
  })
