import type { Metadata, Viewport } from 'next'
import type { ReactNode } from 'react'
import { pageAddress } from '#lib/util/page-address.ts'
import './globals.css'

export const metadata: Metadata = {
  title: 'Switchboard',
  description: 'Send one message to RabbitMQ, Redis and Kafka, and see who gets it.',
}

export const viewport: Viewport = { width: 'device-width', initialScale: 1 }

export default function Layout({ children }: { children: ReactNode }) {
  return (
    // The script in the head sets the theme on this element before React wakes up.
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* Both must run early: the first before the first paint, the second before the fields appear. */}
        <script src={pageAddress('/theme.js')} />
        <script src={pageAddress('/early-typing.js')} />
      </head>
      <body>{children}</body>
    </html>
  )
}
