// Runs before the first paint, so that the page never shows the wrong theme or size of type, and nothing moves when the
// line for a first visit appears.
;(() => {
  const root = document.documentElement
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const phone = matchMedia('(max-width: 699px)')
  // A stage is for a dark hall, whatever the desk beside it looks like.
  const isStage = /\/r\/[^/]+\/stage\/?$/.test(location.pathname)
  const [key, otherwise] = isStage ? ['switchboard.stage-theme', 'dark'] : ['switchboard.theme', 'system']
  const stored = () => {
    try {
      return localStorage.getItem(key) ?? otherwise
    } catch {
      // Storage can be forbidden.
      return otherwise
    }
  }
  const apply = () => {
    const choice = stored()
    const isDark = choice === 'dark' || (choice !== 'light' && dark.matches)
    root.dataset.theme = isDark ? 'dark' : 'light'
    if (root.dataset.present === 'true') root.dataset.scale = 'projector'
    else if (phone.matches) root.dataset.scale = 'phone'
    else delete root.dataset.scale
  }
  const isFirstVisit = () => {
    try {
      return localStorage.getItem('switchboard.guide') === null
    } catch {
      // What cannot be remembered would be offered at every visit.
      return false
    }
  }
  // A long page is sent in two parts, and React's own script would put the second in its place 300 ms after the first was
  // painted, unless this number is none. Here the first part is laid out for the second: nothing moves when it comes.
  Object.defineProperty(window, '$RT', { get: () => undefined, set: () => undefined })
  apply()
  if (isFirstVisit()) root.dataset.guide = 'offered'
  dark.addEventListener('change', apply)
  phone.addEventListener('change', apply)
  addEventListener('storage', apply)
  addEventListener('switchboard:appearance', apply)
})()
