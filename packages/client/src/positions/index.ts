// Positions that survive a reload of the page.

export { resume, type ResumeOptions } from "./resume.ts";
