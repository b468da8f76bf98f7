/**
 * Calls back once when the process that started this one is gone, however it ended (`kill -9` included): its end closes
 * the channel between the two. Does nothing, ever, when this process was not started with such a channel. The channel
 * does not keep this process alive.
 */
export function onParentGone(callback: () => void): void {
  if (!process.channel) return
  process.channel.unref()
  process.once('disconnect', callback)
}
