import { config } from 'zod/v4/core'

/*
 * The page's Content-Security-Policy forbids eval. zod would find that out by trying, which Firefox logs as an error. Every
 * page imports this before anything that parses; zod's core alone, since the first script parses nothing. The server draws
 * pages too, and may go on compiling its schemas.
 */
if (typeof window !== 'undefined') config({ jitless: true })
