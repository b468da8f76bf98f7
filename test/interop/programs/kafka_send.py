"""Appends each line of standard input to a topic, as any kafka-python program would. Usage: BROKERS TOPIC"""
import sys

from kafka import KafkaProducer

producer = KafkaProducer(bootstrap_servers=sys.argv[1].split(","))
for line in sys.stdin.buffer.read().split(b"\n"):
    if line:
        producer.send(sys.argv[2], line).get(timeout=10)
producer.close()
