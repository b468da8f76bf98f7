/*
 * The page's Content-Security-Policy forbids eval. zod would find that out by trying, which Firefox logs as an error. Every
 * page imports this before anything that parses. It writes where `z.config` does, because that function would bring a
 * seventh of zod into the first script. The server draws pages too, and may go on compiling its schemas.
 */
declare global {
  var __zod_globalConfig: { jitless?: boolean } | undefined
}

if (typeof window !== 'undefined') globalThis.__zod_globalConfig = { jitless: true }

export {}
