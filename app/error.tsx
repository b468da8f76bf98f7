'use client'

/** The page itself failed. The brokers and everybody else's page go on. */
export default function PageError({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return (
    <main className="page" role="alert">
      <h1>This page failed</h1>
      <p>
        The brokers and everybody else go on; only this page stopped drawing. <code>{error.message}</code>
      </p>
      <div className="acts">
        <button type="button" className="btn solid" onClick={reset}>
          Draw it again
        </button>
        <a className="btn" href="/">
          Go to the lobby
        </a>
      </div>
    </main>
  )
}
