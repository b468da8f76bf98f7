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
  const { access } = getRuntime()
  if (!access.sharing) return goTo(`/r/${LOBBY}`)
  const opened = await access.openPresenterLink((await params).token)
  if (opened === undefined) return goTo(`/r/${LOBBY}?link=ended`)
  return goTo(`/r/${LOBBY}`, { 'set-cookie': tokenCookie({ ...opened, secure: isSecure(request) }) })
}

/** A path alone: which name people reach the dashboard by is theirs to know. */
const goTo = (location: string, headers: Record<string, string> = {}): Response =>
  new Response(null, {
    status: SEE_OTHER,
    headers: { location, 'cache-control': 'no-store', ...headers },
  })
