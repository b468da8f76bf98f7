"""A reader with a group of its own: prints each record's value as one line of hex. Usage: BROKERS TOPIC GROUP"""
import sys

from kafka import KafkaConsumer

consumer = KafkaConsumer(
    sys.argv[2],
    bootstrap_servers=sys.argv[1].split(","),
    group_id=sys.argv[3],
    auto_offset_reset="latest",
)
while not consumer.assignment():
    consumer.poll(timeout_ms=100)
for partition in consumer.assignment():
    consumer.position(partition)
# From now on the group has a position: however long it is away, it reads on from there, not from the end.
consumer.commit()
print("ready", flush=True)
for record in consumer:
    print(record.value.hex(), flush=True)
