import { parseBaseUrls } from '../lib/util/base-path.mjs'

/** Ends with 0 when the dashboard of this container answers. */
const { PORT, BASE_URL } = process.env
const { ok } = await fetch(`http://127.0.0.1:${PORT}${parseBaseUrls(BASE_URL).basePath}/api/health`)
process.exit(ok ? 0 : 1)
