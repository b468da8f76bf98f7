"""Publishes each line of standard input to a channel, as any redis-py program would. Usage: URL CHANNEL"""
import sys

import redis

client = redis.Redis.from_url(sys.argv[1])
for line in sys.stdin.buffer.read().split(b"\n"):
    if line:
        client.publish(sys.argv[2], line)
client.close()
