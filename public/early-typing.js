// Runs before the fields appear. What is sent before React has taken a field over is kept for it, and the field is
// emptied as by any other send; without this the browser would load the page again, and the text would be gone.
;(() => {
  const taken = new WeakSet()
  const sends = []
  const isOurs = (field) => field instanceof HTMLTextAreaElement && 'draft' in field.dataset && !taken.has(field)
  const keep = (event, field) => {
    event.preventDefault()
    event.stopPropagation()
    if (field.value.trim() === '') return
    sends.push({ place: field.dataset.draft, text: field.value })
    field.value = ''
  }
  const IN_COMPOSITION = 229
  const onKey = (event) => {
    const { target, key } = event
    const composing = event.isComposing || event.keyCode === IN_COMPOSITION
    if (key === 'Enter' && !event.shiftKey && !composing && isOurs(target)) keep(event, target)
    if (key !== '/' || target.closest?.('input, textarea, select')) return
    const first = document.querySelector('[data-draft]')
    if (!isOurs(first)) return
    event.preventDefault()
    first.focus()
  }
  const onSubmit = (event) => {
    const field = event.target.querySelector('[data-draft]')
    if (isOurs(field)) keep(event, field)
  }
  addEventListener('keydown', onKey, true)
  addEventListener('submit', onSubmit, true)
  window.switchboardEarly = {
    /** From now on React answers for this field. Returns what was sent from its place before, oldest first. */
    take: (field) => {
      taken.add(field)
      const texts = sends.filter(({ place }) => place === field.dataset.draft).map(({ text }) => text)
      const rest = sends.filter(({ place }) => place !== field.dataset.draft)
      sends.splice(0, sends.length, ...rest)
      return texts
    },
  }
})()
