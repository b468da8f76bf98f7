/**
 * Calls back once when the process that started this one is gone, however it ended (`kill -9` included): the channel between
 * the two closes. Never calls when this process was started without such a channel. The channel keeps no process alive.
 */
export function onParentGone(callback: () => void): void {
  if (!process.channel) return
  process.channel.unref()
  process.once('disconnect', callback)
}
