"""Tests of the measuring: what it makes of numbers, and what it reads of the kernel. Never how fast anything is."""
