import type { Chart } from './chart.ts'

/** One press of an arrow moves the window by this share of its width. */
const PAN_SHARE = 0.1

/** What a key does while the chart has the focus; answers whether it was one of the chart's own. */
export function onChartKey(key: string, chart: Chart, width: number, pin: () => void): boolean {
  switch (key) {
    case 'ArrowLeft':
      chart.pan(-width * PAN_SHARE)
      return true
    case 'ArrowRight':
      chart.pan(width * PAN_SHARE)
      return true
    case '+':
    case '=':
      chart.zoomStep(-1)
      return true
    case '-':
      chart.zoomStep(1)
      return true
    case ' ':
      chart.setRunning(!chart.state.following)
      return true
    case ',':
      chart.step(-1)
      return true
    case '.':
      chart.step(1)
      return true
    case 'Enter':
      pin()
      return true
    default:
      return false
  }
}
