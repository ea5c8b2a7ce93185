# RE: is found when it runs
print("hello 1"
