export { ReplayJobs, type ReplayRequest } from "./jobs.ts";
