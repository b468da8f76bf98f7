"""Publishes each line of standard input to a queue, as any pika program would. Usage: URL QUEUE"""
import sys

import pika

connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
channel = connection.channel()
for line in sys.stdin.buffer.read().split(b"\n"):
    if line:
        channel.basic_publish(exchange="", routing_key=sys.argv[2], body=line)
connection.close()
