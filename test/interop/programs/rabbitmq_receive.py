"""A worker: prints each body it takes from a queue as one line of hex, acknowledging it. Usage: URL QUEUE"""
import sys

import pika

connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
channel = connection.channel()
channel.basic_qos(prefetch_count=1)


def on_message(channel, method, properties, body):
    print(body.hex(), flush=True)
    channel.basic_ack(method.delivery_tag)


channel.basic_consume(queue=sys.argv[2], on_message_callback=on_message)
print("ready", flush=True)
channel.start_consuming()
