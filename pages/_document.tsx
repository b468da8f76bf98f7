import { Head, Html, Main, NextScript } from 'next/document'

export default function PageDocument() {
  return (
    <Html lang="en">
      <Head>
        {/* Both must run early: the first before the first paint, the second before the fields appear. */}
        <script src="/theme.js" />
        <script src="/early-typing.js" />
        <meta
          name="description"
          content="Send one message to RabbitMQ, Redis and Kafka, and see who gets it."
        />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
      </Head>
      <body>
        <Main />
        <NextScript />
      </body>
    </Html>
  )
}
