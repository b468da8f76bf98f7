/*
 * What is wrong with how a page is laid out in its window, in words. It is a script of its own because it runs in the page;
 * what it defines is there as `sizes`.
 *
 * - `small`: letters under the floor of the page's scale (12 px, 13 on a phone, 15 on a projector);
 * - `overlap`: two texts, or two controls, at the same place;
 * - `cut`: words of which a part cannot be seen, where nothing scrolls to it and no title says the whole; also what an
 *   empty field says of itself;
 * - `outside`: a control that sticks out of the window.
 */
;(() => {
  const FLOORS = { phone: 13, projector: 15 }
  const FLOOR = 12
  /** Antialiasing and fractions of a pixel. */
  const SLACK_PX = 1.5
  const CHARS_SHOWN = 40
  /** Boxes of lines are taller than their letters: so much of a line may be shared by empty space. */
  const SHARED_LINE = 0.3
  /** A line of which less than this is hidden can be read, and one of which more is hidden is not seen as a line. */
  const LINE_CUT = [0.25, 0.9]
  /** The halves of a divided button may lie so far over each other: there is nothing to see or press there. */
  const CONTROL_SLACK_PX = 7
  /** The least of a pane that shows anything of its consumer. */
  const PANE_MIN_PX = 60

  const shown = (text) => JSON.stringify(text.replace(/\s+/g, ' ').trim().slice(0, CHARS_SHOWN))
  const rectOf = ({ left, top, right, bottom }) => ({ left, top, right, bottom })
  const common = (a, b) => ({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  })
  const widthOf = ({ left, right }) => right - left
  const heightOf = ({ top, bottom }) => bottom - top
  const isSome = (rect) => widthOf(rect) > SLACK_PX && heightOf(rect) > SLACK_PX
  const floorNow = () => FLOORS[document.documentElement.dataset.scale] ?? FLOOR

  /** Remembers what was found of an element, for one measuring. */
  function remembering(find) {
    const known = new Map()
    return (element) => {
      if (!known.has(element)) known.set(element, find(element))
      return known.get(element)
    }
  }

  function createLook() {
    /** The boxes that an element's ancestors, and itself, cut off what is in it. */
    const clipsOf = remembering((element) => {
      const { position, overflowX, overflowY } = getComputedStyle(element)
      const above = position === 'fixed' || !element.parentElement ? [] : clipsOf(element.parentElement)
      const isPage = element === document.body || element === document.documentElement
      if (isPage || element instanceof SVGElement || (overflowX === 'visible' && overflowY === 'visible')) {
        return above
      }
      const scrolls =
        /auto|scroll/.test(`${overflowX} ${overflowY}`) &&
        (element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight)
      return [...above, { box: rectOf(element.getBoundingClientRect()), scrolls }]
    })
    /** It lies over what scrolls below it, as it should. */
    const floats = remembering(
      (element) =>
        /sticky|fixed/.test(getComputedStyle(element).position) ||
        (element.parentElement !== null && floats(element.parentElement)),
    )
    /** Clipped to nothing: there for screen readers alone. */
    const isForReaders = remembering(
      (element) =>
        getComputedStyle(element).clipPath === 'inset(50%)' ||
        (element.parentElement !== null && isForReaders(element.parentElement)),
    )
    return {
      floats,
      isVisible: (element) =>
        element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
        !isForReaders(element),
      seenOf: (element, rect) => clipsOf(element).reduce((left, { box }) => common(left, box), rect),
      canScrollTo: (element) => clipsOf(element).some(({ scrolls }) => scrolls),
    }
  }

  /** A title says it, the drawing's name does, or a press on its row shows it. */
  const isSaidElsewhere = (element) =>
    Boolean(element.closest('[title]')?.getAttribute('title')) ||
    element.closest('svg[aria-label], [data-message-id]') !== null

  /** Every line of text that can be seen, at least in part. */
  function linesOf(look) {
    const lines = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement
      const text = node.data.trim()
      if (!element || text === '' || !look.isVisible(element)) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      for (const drawn of range.getClientRects()) {
        const whole = rectOf(drawn)
        const seen = look.seenOf(element, whole)
        if (isSome(seen)) lines.push({ element, text, whole, seen })
      }
    }
    return lines
  }

  function smallFault({ element, text }) {
    const scale = element instanceof SVGGraphicsElement ? (element.getScreenCTM()?.a ?? 1) : 1
    const size = Number.parseFloat(getComputedStyle(element).fontSize) * scale
    return size < floorNow() - 0.1 ? [`small: ${shown(text)} at ${size.toFixed(1)} px`] : []
  }

  function cutFaults(look, { element, text, whole, seen }) {
    if (look.canScrollTo(element)) return []
    const across = widthOf(whole) - widthOf(seen)
    const down = (heightOf(whole) - heightOf(seen)) / heightOf(whole)
    const faults = []
    if (across > SLACK_PX && !isSaidElsewhere(element)) faults.push(`cut across: ${shown(text)}`)
    if (down > LINE_CUT[0] && down < LINE_CUT[1]) faults.push(`cut through: ${shown(text)}`)
    return faults
  }

  /** As wide as a field's words would be drawn. */
  function wordsWidth(field, words) {
    const { fontStyle, fontWeight, fontSize, fontFamily, letterSpacing } = getComputedStyle(field)
    const pen = new OffscreenCanvas(1, 1).getContext('2d')
    pen.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`
    pen.letterSpacing = letterSpacing === 'normal' ? '0px' : letterSpacing
    return pen.measureText(words).width
  }

  /** Whom an empty field writes to has to be readable as a whole. */
  function fieldFaults(look) {
    return [...document.querySelectorAll('textarea[placeholder]')]
      .filter((field) => field.value === '' && look.isVisible(field))
      .flatMap((field) => {
        const { paddingLeft, paddingRight } = getComputedStyle(field)
        const room = field.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight)
        const isCut = wordsWidth(field, field.placeholder) > room + SLACK_PX
        return isCut ? [`cut in its field: ${shown(field.placeholder)}`] : []
      })
  }

  function overlapFaults(look, lines) {
    const sorted = lines
      .filter(({ element }) => !look.floats(element))
      .sort((a, b) => a.seen.top - b.seen.top)
    return sorted.flatMap((one, index) => {
      const faults = []
      for (const other of sorted.slice(index + 1)) {
        if (other.seen.top >= one.seen.bottom - SLACK_PX) break
        if (one.element === other.element) continue
        const both = common(one.seen, other.seen)
        const high = Math.min(heightOf(one.seen), heightOf(other.seen))
        if (widthOf(both) > 2 * SLACK_PX && heightOf(both) > high * SHARED_LINE) {
          faults.push(`overlap: ${shown(one.text)} and ${shown(other.text)}`)
        }
      }
      return faults
    })
  }

  function controlsOf(look) {
    return [...document.querySelectorAll('button, input, textarea, select, a[href]')]
      .filter((element) => look.isVisible(element) && !look.floats(element))
      .map((element) => ({
        element,
        name: element.getAttribute('aria-label') ?? element.textContent ?? '',
        box: look.seenOf(element, rectOf(element.getBoundingClientRect())),
      }))
      .filter(({ box }) => isSome(box))
  }

  function controlFaults(look) {
    const all = controlsOf(look)
    return all.flatMap((one, index) => {
      const under = all.slice(index + 1).filter(({ element, box }) => {
        if (one.element.contains(element) || element.contains(one.element)) return false
        const both = common(one.box, box)
        return widthOf(both) > CONTROL_SLACK_PX && heightOf(both) > 2 * SLACK_PX
      })
      const isOutside =
        (one.box.right > innerWidth + 1 || one.box.left < -1) && !look.canScrollTo(one.element)
      return [
        ...under.map(({ name }) => `overlap of controls: ${shown(one.name)} and ${shown(name)}`),
        ...(isOutside ? [`outside: ${shown(one.name)}`] : []),
      ]
    })
  }

  function page() {
    const look = createLook()
    const lines = linesOf(look)
    const across = document.documentElement.scrollWidth - innerWidth
    return [
      ...new Set([
        ...lines.flatMap(smallFault),
        ...lines.flatMap((line) => cutFaults(look, line)),
        ...overlapFaults(look, lines),
        ...controlFaults(look),
        ...fieldFaults(look),
        ...(across > 0 ? [`the page scrolls sideways by ${across} px`] : []),
      ]),
    ]
  }

  /** How many rows of the Matrix can be read as a whole. */
  function matrixRows() {
    const frame = document.querySelector('#view-matrix section')?.getBoundingClientRect()
    const head = document.querySelector('#view-matrix thead tr:last-child th')?.getBoundingClientRect()
    const foot = document.querySelector('#view-matrix tfoot')
    if (!frame || !head || !foot) return 0
    const end = getComputedStyle(foot).position === 'sticky' ? foot.getBoundingClientRect().top : frame.bottom
    return [...document.querySelectorAll('#view-matrix tr[data-message-id]')].filter((row) => {
      const { top, bottom } = row.getBoundingClientRect()
      return top >= head.bottom - SLACK_PX && bottom <= Math.min(end, innerHeight) + SLACK_PX
    }).length
  }

  /** Lanes whose consumers are out of sight without a word, and, where all should be in the window, lanes that are not. */
  function lanes(needsAll) {
    const all = [...document.querySelectorAll('section[data-mode]')].filter((lane) => lane.checkVisibility())
    return all.flatMap((lane) => {
      const name = lane.getAttribute('aria-label')
      const frame = lane.getBoundingClientRect()
      const panes = [...lane.querySelectorAll('article[data-consumer]')].map((pane) =>
        pane.getBoundingClientRect(),
      )
      const isHidden = panes.some(({ left, right }) => left < frame.left - 2 || right > frame.right + 2)
      const isSaid = lane.querySelector('[data-part="more-panes"]') !== null
      return [
        ...(isHidden && !isSaid ? [`${name} hides consumers without a word`] : []),
        ...(needsAll && frame.bottom > innerHeight + 2 ? [`${name} ends below the window`] : []),
        ...(needsAll && panes.every(({ height }) => height < PANE_MIN_PX)
          ? [`${name} shows no consumer`]
          : []),
      ]
    })
  }

  globalThis.sizes = { page, matrixRows, lanes }
})()
