"""A subscriber: prints each body it hears on a channel as one line of hex. Usage: URL CHANNEL"""
import sys

import redis

subscription = redis.Redis.from_url(sys.argv[1]).pubsub()
subscription.subscribe(sys.argv[2])
for message in subscription.listen():
    if message["type"] == "subscribe":
        print("ready", flush=True)
    elif message["type"] == "message":
        print(message["data"].hex(), flush=True)
