import type { AppProps } from 'next/app'
import Head from 'next/head'
import '../app/globals.css'
import { FailedPage } from '#components/trouble/failed-page.tsx'

export default function Pages({ Component, pageProps }: AppProps) {
  return (
    <FailedPage>
      <Head>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
      </Head>
      <Component {...pageProps} />
    </FailedPage>
  )
}
