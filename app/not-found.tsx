export default function NotFound() {
  return (
    <main className="page">
      <h1>There is nothing here</h1>
      <p>Rooms have addresses like /r/lobby, in lower-case letters, digits and dashes.</p>
      <div className="acts">
        <a className="btn solid" href="/">
          Go to the lobby
        </a>
      </div>
    </main>
  )
}
