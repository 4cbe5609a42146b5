// Counts requests per key by token buckets; it knows neither HTTP nor who the keys stand for.

/** A limit over many keys. */
export type RateLimit = {
  /** Takes `weight` from the key's bucket: 0 where it was there, else the seconds until it will be. */
  readonly take: (key: string, weight?: number) => number;
  /** Takes `weight` whether it is there or not; what is missing must refill first, at most one whole limit of it. */
  readonly charge: (key: string, weight: number) => void;
};

type Bucket = { tokens: number; atMs: number };

const mostKeys = 20_000;

/**
 * A limit of `most` for each key in `perMs`, a minute unless given, which may be used in one burst and refills evenly; 0
 * switches it off. Keys are forgotten oldest first beyond 20,000, so that strangers cannot fill the memory.
 */
export function createRateLimit(
  most: number,
  nowMs: () => number = () => performance.now(),
  perMs = 60_000,
): RateLimit {
  if (most <= 0) return { take: () => 0, charge: () => undefined };
  const buckets = new Map<string, Bucket>();
  const refillPerMs = most / perMs;
  const refilled = (key: string): Bucket => {
    const now = nowMs();
    const bucket = buckets.get(key) ?? remember(buckets, key, { tokens: most, atMs: now });
    bucket.tokens = Math.min(most, bucket.tokens + (now - bucket.atMs) * refillPerMs);
    bucket.atMs = now;
    return bucket;
  };
  return {
    take: (key, weight = 1) => {
      const bucket = refilled(key);
      const wanted = Math.min(weight, most);
      if (bucket.tokens < wanted) return Math.ceil((wanted - bucket.tokens) / refillPerMs / 1000);
      bucket.tokens -= wanted;
      return 0;
    },
    charge: (key, weight) => {
      const bucket = refilled(key);
      bucket.tokens = Math.max(-most, bucket.tokens - weight);
    },
  };
}

function remember(buckets: Map<string, Bucket>, key: string, bucket: Bucket): Bucket {
  if (buckets.size >= mostKeys) {
    const oldest = buckets.keys().next();
    if (!oldest.done) buckets.delete(oldest.value);
  }
  buckets.set(key, bucket);
  return bucket;
}
