/** Nothing: see measurements/loading.mjs. */
