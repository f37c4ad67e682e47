"""Does the service speak HTTP as it should?"""
