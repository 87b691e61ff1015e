/**
 * The groups of functions.mjs: how many calls make a sample, fewer where each takes a disk as long as a hundred others, and the
 * most that each row may be, as a multiple of the first row of its group.
 */
export const groups = {
  submitOrder: {
    requests: 300,
    fewer: { file: 40 },
    goals: { memory: 3.5, file: 90, Redis: 8, PostgreSQL: 16 },
  },
  verifyWebhook: { requests: 1_500, goals: { verifyWebhook: 4 } },
  paginate: { requests: 20, goals: { paginate: 1.2 } },
};
