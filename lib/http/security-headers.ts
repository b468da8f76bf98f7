import type { ServerResponse } from 'node:http'

/**
 * What a page of the dashboard may do: everything comes from here, nothing frames it from elsewhere, and no text is ever
 * run as code. Next places its data in inline scripts, so those are allowed; its development server also evaluates.
 */
const policy = (dev: boolean): string =>
  [
    "default-src 'self'",
    `script-src 'self' 'unsafe-inline'${dev ? " 'unsafe-eval'" : ''}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; ')

/** Any host but loopback's. */
const PLAIN_LAN = /^(?!localhost(:|$)|127\.|\[::1\])/i

/** Sets the security headers of every answer. */
export function createSecurityHeaders(dev: boolean): (response: ServerResponse) => void {
  const headers = {
    'content-security-policy': policy(dev),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  }
  return (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    // Browsers take it over TLS and on loopback alone, and complain of it elsewhere.
    if (
      PLAIN_LAN.test(response.req.headers.host ?? '') &&
      response.req.headers['x-forwarded-proto'] !== 'https'
    )
      return
    response.setHeader('cross-origin-opener-policy', 'same-origin')
  }
}
