"""A reader with a group of its own: prints each record's value as one line of hex. Usage: BROKERS TOPIC GROUP"""
import sys

from kafka import KafkaConsumer

consumer = KafkaConsumer(
    sys.argv[2],
    bootstrap_servers=sys.argv[1].split(","),
    group_id=sys.argv[3],
    auto_offset_reset="latest",
    # After an outage it is back with the broker, and not only once its own patience is over.
    session_timeout_ms=6_000,
    heartbeat_interval_ms=500,
    metadata_max_age_ms=2_000,
    reconnect_backoff_max_ms=500,
    retry_backoff_ms=100,
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
