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
  // React holds back a long page's second part for 300 ms, unless this is no number.
  Object.defineProperty(window, '$RT', { get() {}, set() {} })
  apply()
  if (isFirstVisit()) root.dataset.guide = 'offered'
  dark.addEventListener('change', apply)
  phone.addEventListener('change', apply)
  addEventListener('storage', apply)
  addEventListener('switchboard:appearance', apply)
})()
