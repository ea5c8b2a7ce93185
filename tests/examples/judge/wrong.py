# WA: counts instead
import sys

print(len(sys.stdin.read()))
